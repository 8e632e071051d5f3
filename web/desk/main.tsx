import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { Speaking } from './language.tsx';
import './style.css';

const root = document.querySelector('#app');
if (root !== null) createRoot(root).render(<StrictMode><Speaking><App /></Speaking></StrictMode>);
